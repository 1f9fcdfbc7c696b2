//! Deliveries of every format, from signature to message.
