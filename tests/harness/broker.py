# SPDX-License-Identifier: Apache-2.0
"""What an administrator does to the broker's topic. kcat cannot; librdkafka is there with the programs."""

import ctypes


def administer(place, what, call, *arguments):
    """One wish, such as DeleteRecords. arguments: of rd_kafka_<what>_new."""
    kafka = ctypes.CDLL("librdkafka.so.1")
    for name in ("conf_new", "new", f"{what}_new", "queue_new", "queue_poll"):
        getattr(kafka, f"rd_kafka_{name}").restype = ctypes.c_void_p
    pointer = ctypes.c_void_p
    conf = pointer(kafka.rd_kafka_conf_new())
    kafka.rd_kafka_conf_set(conf, b"bootstrap.servers", place.brokers.encode(), None, 0)
    handle = pointer(kafka.rd_kafka_new(0, conf, None, 0))
    wishes = (pointer * 1)(getattr(kafka, f"rd_kafka_{what}_new")(*arguments))
    queue = pointer(kafka.rd_kafka_queue_new(handle))
    getattr(kafka, f"rd_kafka_{call}")(handle, wishes, ctypes.c_size_t(1), None, queue)
    event = pointer(kafka.rd_kafka_queue_poll(queue, 30000))
    if not event or kafka.rd_kafka_event_error(event) != 0:
        raise RuntimeError(f"Kafka did not do {call}")
    for name, thing in (("event", event), ("queue", queue), (what, pointer(wishes[0]))):
        getattr(kafka, f"rd_kafka_{name}_destroy")(thing)
    kafka.rd_kafka_destroy(handle)


def delete_records(place, part, offset):
    """What retention does, at once."""
    kafka = ctypes.CDLL("librdkafka.so.1")
    kafka.rd_kafka_topic_partition_list_new.restype = ctypes.c_void_p
    parts = ctypes.c_void_p(kafka.rd_kafka_topic_partition_list_new(1))
    kafka.rd_kafka_topic_partition_list_add(parts, place.topic.encode(), part)
    kafka.rd_kafka_topic_partition_list_set_offset(parts, place.topic.encode(), part, ctypes.c_int64(offset))
    administer(place, "DeleteRecords", "DeleteRecords", parts)
    kafka.rd_kafka_topic_partition_list_destroy(parts)


def delete_topic(place):
    administer(place, "DeleteTopic", "DeleteTopics", place.topic.encode())


def add_partitions(place, count):
    administer(place, "NewPartitions", "CreatePartitions", place.topic.encode(), ctypes.c_size_t(count), None, ctypes.c_size_t(0))
