select level_no, code from ref.level order by level_no
