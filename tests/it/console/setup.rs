//! The setup guide, tokens, and how the connection does.
