//! The vocabulary: methods, statuses, versions, fields and heads, and how much of them is accepted.

mod deviation;
mod fields;
mod fields_mut;
pub(crate) mod index;
pub(crate) mod known;
mod limits;
mod method;
mod products;
mod request_head;
mod response_head;
pub(crate) mod section;
mod status;
mod version;
mod view;

pub use deviation::{Deviation, Deviations, Policy};
pub use fields::{FieldLines, Fields};
pub use limits::Limits;
pub use method::Method;
pub(crate) use method::MethodClass;
pub use products::Products;
pub use request_head::RequestHead;
pub use response_head::ResponseHead;
pub use status::{StatusClass, StatusCode};
pub use version::Version;
pub(crate) use view::FieldsView;

pub use crate::wire::date::HttpDate;
pub use crate::wire::list::ListElements;
pub use crate::wire::target::TargetForm;
