insert into ref.rule_text (rule_id, language, text)
select * from unnest($1::smallint[], $2::text[], $3::text[])
on conflict (rule_id, language) do update set text = excluded.text where rule_text.text <> excluded.text
