//! The link alone, over loopback sockets.
