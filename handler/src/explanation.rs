//! A sentence for every status, for people who see an error page.

use basehttp_proto::{StatusClass, StatusCode};

/// What `status` means, in a sentence; for a code that is not registered, what its class means (RFC 9110 15).
///
/// ```
/// use basehttp_handler::explanation::explanation;
/// use basehttp_proto::StatusCode;
/// assert_eq!(explanation(StatusCode::NOT_FOUND), "Nothing was found at this address.");
/// ```
pub const fn explanation(status: StatusCode) -> &'static str {
    match status {
        StatusCode::CONTINUE => "The start of the request is fine; the rest may follow.",
        StatusCode::SWITCHING_PROTOCOLS => {
            "The connection continues with another protocol, as the client asked."
        }
        StatusCode::PROCESSING => "The request was received and is still being worked on.",
        StatusCode::EARLY_HINTS => "The answer is not ready; these fields tell what it is likely to need.",
        StatusCode::UPLOAD_RESUMPTION_SUPPORTED => "An upload that breaks off can be resumed later.",
        StatusCode::OK => "The request succeeded.",
        StatusCode::CREATED => "The request succeeded and made something new.",
        StatusCode::ACCEPTED => "The request was accepted and will be worked on later.",
        StatusCode::NON_AUTHORITATIVE_INFORMATION => {
            "The request succeeded, and a proxy changed the answer on its way."
        }
        StatusCode::NO_CONTENT => "The request succeeded and there is nothing to show.",
        StatusCode::RESET_CONTENT => "The request succeeded; the form can be cleared for the next entry.",
        StatusCode::PARTIAL_CONTENT => "This is the part of the content that was asked for.",
        StatusCode::MULTI_STATUS => "The request had several parts; the answer tells how each of them went.",
        StatusCode::ALREADY_REPORTED => {
            "The members of this collection were listed earlier in the same answer."
        }
        StatusCode::IM_USED => "The answer holds the changes since the version that the client has.",
        StatusCode::MULTIPLE_CHOICES => "This exists in several forms; one of them has to be chosen.",
        StatusCode::MOVED_PERMANENTLY => "This has moved for good; the new address is given.",
        StatusCode::FOUND => "This is at another address for now.",
        StatusCode::SEE_OTHER => "The answer to this request is at another address.",
        StatusCode::NOT_MODIFIED => "The copy that the client has is still current.",
        StatusCode::USE_PROXY => "This could only be reached through a proxy; the code is no longer in use.",
        StatusCode::TEMPORARY_REDIRECT => {
            "This is at another address for now; the same request is to be sent there."
        }
        StatusCode::PERMANENT_REDIRECT => {
            "This has moved for good; the same request is to be sent to the new address."
        }
        StatusCode::BAD_REQUEST => "The server cannot make sense of the request.",
        StatusCode::UNAUTHORIZED => "Access needs a name and a password, or other proof of who is asking.",
        StatusCode::PAYMENT_REQUIRED => "Access needs a payment first.",
        StatusCode::FORBIDDEN => "The server understood the request and refuses to answer it.",
        StatusCode::NOT_FOUND => "Nothing was found at this address.",
        StatusCode::METHOD_NOT_ALLOWED => "This address exists, but does not take requests with this method.",
        StatusCode::NOT_ACCEPTABLE => "This exists, but in no form that the client accepts.",
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => "The proxy needs proof of who is asking first.",
        StatusCode::REQUEST_TIMEOUT => "The request did not arrive in time.",
        StatusCode::CONFLICT => {
            "The request does not fit the state that this is in; someone may have changed it."
        }
        StatusCode::GONE => "This was here once and has been removed for good.",
        StatusCode::LENGTH_REQUIRED => "The server needs to know the length of the content beforehand.",
        StatusCode::PRECONDITION_FAILED => "This is not in the state that the request was meant for.",
        StatusCode::CONTENT_TOO_LARGE => "The content of the request is larger than the server takes.",
        StatusCode::URI_TOO_LONG => "The address is longer than the server takes.",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "The content is of a type that is not taken here.",
        StatusCode::RANGE_NOT_SATISFIABLE => "The part that was asked for lies outside the content.",
        StatusCode::EXPECTATION_FAILED => "The server cannot do what the request expects of it.",
        StatusCode::MISDIRECTED_REQUEST => {
            "The request came to a server that does not answer for this address."
        }
        StatusCode::UNPROCESSABLE_CONTENT => "The content can be read, but what it asks for cannot be done.",
        StatusCode::LOCKED => "This is locked at the moment.",
        StatusCode::FAILED_DEPENDENCY => "Another request failed that this one depended on.",
        StatusCode::TOO_EARLY => "The server does not act on a request that might be a repeated one.",
        StatusCode::UPGRADE_REQUIRED => "The server answers this only over another protocol.",
        StatusCode::PRECONDITION_REQUIRED => "The request has to name the version that it is meant for.",
        StatusCode::TOO_MANY_REQUESTS => {
            "Too many requests came in a short time; wait a little before the next one."
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "The fields of the request are larger than the server takes."
        }
        StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => "The law does not allow this to be shown here.",
        StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong on the server; the request may be fine.",
        StatusCode::NOT_IMPLEMENTED => "The server does not know how to do this.",
        StatusCode::BAD_GATEWAY => "The server asked another one and could not use its answer.",
        StatusCode::SERVICE_UNAVAILABLE => {
            "The server cannot answer right now; it should be able to again soon."
        }
        StatusCode::GATEWAY_TIMEOUT => "The server asked another one and got no answer in time.",
        StatusCode::HTTP_VERSION_NOT_SUPPORTED => "The server does not speak this version of the protocol.",
        StatusCode::VARIANT_ALSO_NEGOTIATES => {
            "The server is set up wrongly: choosing a form of this leads back to itself."
        }
        StatusCode::INSUFFICIENT_STORAGE => "The server has no room to store what the request needs.",
        StatusCode::LOOP_DETECTED => "The server gave up because what it followed leads back to itself.",
        StatusCode::NOT_EXTENDED => "The request lacks an extension that the server asks for.",
        StatusCode::NETWORK_AUTHENTICATION_REQUIRED => {
            "The network asks for a sign-in before it gives access."
        }
        _ => of_class(status.class()),
    }
}

const fn of_class(class: StatusClass) -> &'static str {
    match class {
        StatusClass::Informational => "The request goes on.",
        StatusClass::Successful => "The request was understood and accepted.",
        StatusClass::Redirection => "One more step is needed to complete the request.",
        StatusClass::ClientError => "The request cannot be answered as it is.",
        StatusClass::ServerError | StatusClass::Unregistered => "The server could not answer the request.",
    }
}
