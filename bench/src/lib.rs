//! What the programs of this folder share.
//!
//! Whatever stops a program here is a mistake in it or in a peer, so that it stops at once and says where.

pub mod arguments;
pub mod corpora;
pub mod cycle;
pub mod measure;
pub mod parse;
