"""What all rooms share: ids, units, errors, time, places, queues, logs, and the database edge."""
