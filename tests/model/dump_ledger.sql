-- Every ledger row with the later fate of parked ones, as tests/model/ledger_model.py reads it: psql --csv -f tests/model/dump_ledger.sql
select l.log_no, l.part, l.kafka_offset, l.outcome, l.code, encode(l.sha256, 'hex') as sha256, h.settled_outcome, h.settled_code
from intake.ledger l
left join intake.held h using (log_no, part, kafka_offset);
