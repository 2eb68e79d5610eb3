//! Nothing: `conformance::launch::asynchronous` asks where the dependency lies.
