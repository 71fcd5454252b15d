/* SPDX-License-Identifier: Apache-2.0 */
/* topics apply, topics describe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/settings.h"
#include "lib/kafka/admin.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"

#define TIMEOUT_MS 10000

static const char *topic_name(const struct cli_context *cli)
{
    return emis_settings_text(cli->settings, "topics", "submissions");
}

static bool profile_of(const struct cli_context *cli, enum kafka_admin_profile *ret_profile,
                       struct emis_error *err)
{
    const char *name = emis_settings_text(cli->settings, "emis", "durability");

    return kafka_admin_profile_by_name(name, ret_profile) ||
           emis_error_set(err, E_CONFIG, "emis.durability is %s: lab, two_server or cluster", name);
}

bool cli_topics_apply(struct cli_context *cli, struct emis_error *err)
{
    static const struct kafka_admin_config two_replicas[] = {{"min.insync.replicas", "2"},
                                                             {NULL, NULL}};
    int32_t partitions = (int32_t) emis_settings_number(cli->settings, "topics", "partitions");
    int replicas = (int) emis_settings_number(cli->settings, "topics", "replication");
    enum kafka_admin_profile profile;
    struct kafka_admin_topic topic;
    bool is_created;

    if (!profile_of(cli, &profile, err) ||
        !kafka_admin_create_topic(cli->settings, topic_name(cli), partitions, replicas,
                                  profile == KAFKA_ADMIN_CLUSTER ? two_replicas : NULL, TIMEOUT_MS,
                                  &is_created, err) ||
        !kafka_admin_describe(cli->settings, topic_name(cli), TIMEOUT_MS, &topic, err)) {
        return false;
    }
    cli_context_say(cli, "topic %s %s: %d partitions, %d replicas, cluster %s", topic_name(cli),
                    is_created ? "created" : "is there", topic.partition_count,
                    topic.replication_factor, topic.cluster_id);
    if (topic.partition_count != partitions) {
        return emis_error_set(err, E_CONFIG,
                              "%s has %d partitions and [topics] partitions is %d: they are "
                              "frozen, correct the setting",
                              topic_name(cli), topic.partition_count, partitions);
    }
    return true;
}

static void add_config(void *context, const char *name, const char *value)
{
    cli_print_row(context, (const char *const[]){"config", name, value, NULL});
}

static void add_finding(void *context, const struct kafka_admin_finding *finding)
{
    cli_print_row(context, (const char *const[]){"finding", finding->check, finding->message,
                                                 finding->is_allowed ? "allowed" : "unsafe"});
}

void cli_topics_split_unsafe(char *text, const char *names[CLI_TOPICS_UNSAFE_MAX + 1])
{
    size_t count = 0;
    char *position = NULL;

    for (char *name = strtok_r(text, " ,", &position);
         name != NULL && count < CLI_TOPICS_UNSAFE_MAX; name = strtok_r(NULL, " ,", &position)) {
        names[count++] = name;
    }
    names[count] = NULL;
}

static bool add_preflight(struct cli_context *cli, struct cli_print *print, struct emis_error *err)
{
    char *text = emis_strdup(emis_settings_text(cli->settings, "emis", "allow_unsafe"));
    const char *names[CLI_TOPICS_UNSAFE_MAX + 1];
    enum kafka_admin_profile profile;
    bool ok;

    cli_topics_split_unsafe(text, names);
    ok = profile_of(cli, &profile, err) &&
         kafka_admin_preflight(cli->settings, topic_name(cli), profile, names, 0, TIMEOUT_MS,
                               add_finding, print, err);
    free(text);
    return ok;
}

bool cli_topics_describe(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"kind", 't'}, {"name", 't'}, {"value", 't'}, {"state", 't'}, {NULL, 0}};
    struct kafka_admin_topic topic;
    struct cli_print print;
    char partitions[16], replicas[16];
    bool ok;

    if (!kafka_admin_describe(cli->settings, topic_name(cli), TIMEOUT_MS, &topic, err)) {
        return err->code == E_NOT_FOUND
                   ? emis_error_set(err, E_NOT_FOUND,
                                    "there is no topic '%s': correct [topics] submissions, or "
                                    "make it by `emis topics apply`",
                                    topic_name(cli))
                   : false;
    }
    snprintf(partitions, sizeof partitions, "%d", topic.partition_count);
    snprintf(replicas, sizeof replicas, "%d", topic.replication_factor);
    cli_print_init(&print, cli, "emis.topic/1", columns);
    cli_print_row(&print, (const char *const[]){"topic", "name", topic_name(cli), NULL});
    cli_print_row(&print, (const char *const[]){"topic", "cluster", topic.cluster_id, NULL});
    cli_print_row(&print, (const char *const[]){"topic", "partitions", partitions, NULL});
    cli_print_row(&print, (const char *const[]){"topic", "replicas", replicas, NULL});
    ok = kafka_admin_topic_configs(cli->settings, topic_name(cli), TIMEOUT_MS, add_config, &print,
                                   err) &&
         add_preflight(cli, &print, err);
    cli_print_end(&print);
    return ok;
}
