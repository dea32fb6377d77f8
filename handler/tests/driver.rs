//! The driver in memory and in virtual time: everything an adapter would have to decide.

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use basehttp_handler::dispatch::handle_caught;
use basehttp_handler::{Driver, Echo, Handler, Peer, Record, Request, Response, Settings, StaticFiles, Step};
use basehttp_proto::{CloseReason, StatusCode};
