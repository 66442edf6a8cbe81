"""Who the subjects are: the only place that knows a patient behind a `subject_id`."""
