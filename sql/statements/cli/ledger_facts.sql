-- I6 for the facts: each fact belongs to a submission and stands once, and each submission has its rows in the groups of one row.
select format('core.%s: %s rows of no submission, %s rows more than once', relation, orphan_count, double_count) as finding
from control.check_facts() where orphan_count + double_count > 0
union all
select format('core.%s: %s submissions of version %s have no row', relation, missing_count, form_version) from control.check_missing_facts() where missing_count > 0
