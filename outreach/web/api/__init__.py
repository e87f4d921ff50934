"""The API for programs: lists, events and summaries, by tokens that open one campaign and so much of it as their scopes say."""
