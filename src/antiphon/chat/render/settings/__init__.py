"""What people have set, as they see it: rules, schedules, projects."""
