"""What follows when a charge by itself fails: past due, tried again on the admin's days, and in the end given up."""
