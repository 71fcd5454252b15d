-- I6 for the facts: each fact belongs to a submission and stands once.
select format('core.%s: %s rows of no submission, %s rows more than once', relation, orphan_count, double_count) as finding
from control.check_facts() where orphan_count + double_count > 0
