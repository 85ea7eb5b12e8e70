"""`newsbeam evaluate`: how good the labels are on rows that a user has labelled."""
