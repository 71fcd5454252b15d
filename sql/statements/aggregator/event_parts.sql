select f.submission_key /* columns */ from core./* table */ f where f.submission_key = $1::bigint order by 2
