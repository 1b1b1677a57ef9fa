"""Where the business's people answer: the queue, the conversation, and what is known of the customer."""
