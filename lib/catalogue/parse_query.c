/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of method query: one SELECT, which becomes a part of a generated statement. What it may
 * read is for review; that it is one SELECT, and nothing that ends or leaves its parentheses, is
 * checked here, and its names and columns by PostgreSQL when the catalogue is migrated. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/base/buffer.h"
#include "lib/base/text.h"
#include "lib/catalogue/walk.h"

#define SEEN_MAX  8
#define LINES_MAX 200

/* The lines as one text, in the arena. */
static const char *join_lines(struct catalogue_walk *walk, const struct json_value *root)
{
    const struct json_value *lines = catalogue_walk_array(walk, root, "query", true);
    size_t size = lines ? json_value_size(lines) : 0;
    struct emis_buffer text;
    const char *joined;
    emis_buffer_init(&text);
    json_path_push_key(&walk->path, "query");
    for (size_t i = 0; i < size && i < LINES_MAX; i++) {
        const char *line;
        size_t bytes;
        json_path_push_index(&walk->path, i);
        if (json_value_string(json_value_at(lines, i), &line, &bytes) && strlen(line) == bytes &&
            strpbrk(line, "\r\n") == NULL)
            emis_buffer_format(&text, "%s%s", i ? "\n" : "", line);
        else
            catalogue_walk_mistake(walk, NULL, "must be a text: one line of the query");
        json_path_pop(&walk->path);
    }
    if (lines && (size == 0 || size > LINES_MAX))
        catalogue_walk_mistake(walk, NULL, "must have 1 to %d lines", LINES_MAX);
    json_path_pop(&walk->path);
    joined = emis_arena_strdup(walk->build->arena, text.size ? text.data : "");
    emis_buffer_release(&text);
    return joined;
}

static bool is_word(const char *text, const char *word)
{
    size_t size = strlen(word);
    return strncasecmp(text, word, size) == 0 && !isalnum((unsigned char) text[size]) &&
           text[size] != '_';
}

/* What there is to say against the text; NULL: nothing. */
static const char *fault_of(const char *text)
{
    int depth = 0;
    bool is_quoted = false;
    if (!is_word(text + strspn(text, " "), "select"))
        return "must begin with select: a finding is a row of one SELECT";
    for (const char *at = text; *at; at++) {
        if (*at == '\'' && at > text && strchr("eE\\", at[-1]) != NULL && !is_quoted)
            return "write texts as 'text', without a letter before the quote";
        if (*at == '\'')
            is_quoted = !is_quoted;
        if (is_quoted)
            continue;
        if (*at == ';')
            return "must be one SELECT, without a semicolon";
        if (*at == '$' || *at == '"')
            return "takes no parameter, and quotes no name: $ and \" are refused";
        if ((*at == '-' && at[1] == '-') || (*at == '/' && at[1] == '*'))
            return "holds no comment: say why in \"source\"";
        depth += (*at == '(') - (*at == ')');
        if (depth < 0)
            return "closes a parenthesis that it did not open";
    }
    if (is_quoted)
        return "a text does not end";
    return depth > 0 ? "a parenthesis is not closed" : NULL;
}

static void parse_seen(struct catalogue_walk *walk, const struct json_value *root,
                       struct catalogue_cross *cross)
{
    static const char *const taken[] = {"subject", "unit_id", "period_id", NULL};
    const char **names = catalogue_walk_texts(walk, root, "seen", true);
    json_path_push_key(&walk->path, "seen");
    for (size_t i = 0; names[i]; i++) {
        bool is_free = emis_text_is_identifier(names[i]) && !catalogue_reserved_is_column(names[i]);
        for (size_t j = 0; taken[j]; j++)
            is_free = is_free && strcmp(names[i], taken[j]) != 0;
        json_path_push_index(&walk->path, i);
        if (!is_free)
            catalogue_walk_mistake(walk, NULL,
                                   "\"%.50s\" cannot name a value: choose another lower-case word",
                                   names[i]);
        json_path_pop(&walk->path);
        cross->seen_count++;
    }
    if (cross->seen_count > SEEN_MAX)
        catalogue_walk_mistake(walk, NULL, "must name at most %d columns of the query", SEEN_MAX);
    json_path_pop(&walk->path);
    cross->seen = names;
}

void catalogue_parse_query(struct catalogue_walk *walk, const struct json_value *root,
                           struct catalogue_build_cross *cross)
{
    static const char *const scopes[] = {"unit", "lane", NULL};
    const char *fault;
    if (json_value_get(root, "form"))
        cross->form = catalogue_walk_text(walk, root, "form", true);
    cross->also = catalogue_walk_texts(walk, root, "also", false);
    if (*cross->also && !json_value_get(root, "form"))
        catalogue_walk_mistake(walk, "also", "goes with \"form\": without it every form counts");
    cross->base.is_of_lane = catalogue_walk_choice(walk, root, "scope", scopes, 0) == 1;
    parse_seen(walk, root, &cross->base);
    cross->base.query = join_lines(walk, root);
    fault = *cross->base.query ? fault_of(cross->base.query) : NULL;
    if (fault)
        catalogue_walk_mistake(walk, "query", "%s", fault);
}
