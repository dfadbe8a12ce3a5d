"""What each page shows, as plain values built without HTTP."""
