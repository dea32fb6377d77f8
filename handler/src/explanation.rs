//! A sentence for every status, for people who see an error page.

use basehttp_proto::{StatusClass, StatusCode};

/// What `status` means, in a sentence; for a code that is not registered, what its class means (RFC 9110 15).
///
/// ```
/// use basehttp_handler::explanation::explanation;
/// use basehttp_proto::StatusCode;
/// assert_eq!(explanation(StatusCode::NOT_FOUND), "There is nothing at this address. It may be mistyped, or what was here has moved.");
/// ```
pub const fn explanation(status: StatusCode) -> &'static str {
    match status {
        StatusCode::CONTINUE => "The start of the request is fine; the rest may follow.",
        StatusCode::SWITCHING_PROTOCOLS => "The connection continues with another protocol, as the client asked.",
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
        StatusCode::ALREADY_REPORTED => "The members of this collection were listed earlier in the same answer.",
        StatusCode::IM_USED => "The answer holds the changes since the version that the client has.",
        StatusCode::MULTIPLE_CHOICES => "This exists in several forms; one of them has to be chosen.",
        StatusCode::MOVED_PERMANENTLY => "This has moved for good; the new address is given.",
        StatusCode::FOUND => "This is at another address for now.",
        StatusCode::SEE_OTHER => "The answer to this request is at another address.",
        StatusCode::NOT_MODIFIED => "The copy that the client has is still current.",
        StatusCode::USE_PROXY => "This could only be reached through a proxy; the code is no longer in use.",
        StatusCode::TEMPORARY_REDIRECT => "This is at another address for now; the same request is to be sent there.",
        StatusCode::PERMANENT_REDIRECT => "This has moved for good; the same request is to be sent to the new address.",
        StatusCode::BAD_REQUEST => {
            "The server cannot tell what is asked for, because the request breaks a rule of HTTP."
        }
        StatusCode::UNAUTHORIZED => "Access needs a name and a password, or other proof of who is asking.",
        StatusCode::PAYMENT_REQUIRED => "This can be had once it is paid for.",
        StatusCode::FORBIDDEN => "The server keeps this to itself; asking again in the same way changes nothing.",
        StatusCode::NOT_FOUND => "There is nothing at this address. It may be mistyped, or what was here has moved.",
        StatusCode::METHOD_NOT_ALLOWED => "This address exists, but does not take requests with this method.",
        StatusCode::NOT_ACCEPTABLE => "This exists, but in no form that the client accepts.",
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            "A proxy on the way wants to know who is asking before it passes the request on."
        }
        StatusCode::REQUEST_TIMEOUT => "The server waited for the rest of the request, and it did not come.",
        StatusCode::CONFLICT => "The request does not fit the state that this is in; someone may have changed it.",
        StatusCode::GONE => "This was here once and has been removed for good.",
        StatusCode::LENGTH_REQUIRED => "The request has to say in Content-Length how much content it brings.",
        StatusCode::PRECONDITION_FAILED => "This is not in the state that the request was meant for.",
        StatusCode::CONTENT_TOO_LARGE => {
            "The request brings more than the server takes at once; send less, or send it in parts."
        }
        StatusCode::URI_TOO_LONG => {
            "Shorten the address, above all what follows its question mark, or send the data as content."
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "The content came in a format that is not read here; another one may be.",
        StatusCode::RANGE_NOT_SATISFIABLE => "The part that was asked for lies outside the content.",
        StatusCode::EXPECTATION_FAILED => "The Expect field asks for something that this server does not know.",
        StatusCode::MISDIRECTED_REQUEST => "The request came to a server that does not answer for this address.",
        StatusCode::UNPROCESSABLE_CONTENT => "The content can be read, but what it asks for cannot be done.",
        StatusCode::LOCKED => "Someone else is working on this; try again when they are done.",
        StatusCode::FAILED_DEPENDENCY => "This was not tried, because something that had to come first went wrong.",
        StatusCode::TOO_EARLY => "The server does not act on a request that might be a repeated one.",
        StatusCode::UPGRADE_REQUIRED => "The server answers this only over another protocol.",
        StatusCode::PRECONDITION_REQUIRED => "The request has to name the version that it is meant for.",
        StatusCode::TOO_MANY_REQUESTS => {
            "The server answers only so often in a short time; wait a little before the next try."
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "The request brings more fields than the server reads; deleting cookies often helps."
        }
        StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
            "The law keeps this from being shown, perhaps only in some places."
        }
        StatusCode::INTERNAL_SERVER_ERROR => {
            "Something went wrong here, and not in the request; trying again later may help."
        }
        StatusCode::NOT_IMPLEMENTED => "The request needs a method or a feature that this server does not have.",
        StatusCode::BAD_GATEWAY => "The server asked another one and could not use its answer.",
        StatusCode::SERVICE_UNAVAILABLE => "The server is busy or being worked on; try again in a little while.",
        StatusCode::GATEWAY_TIMEOUT => "The server asked another one and got no answer in time.",
        StatusCode::HTTP_VERSION_NOT_SUPPORTED => {
            "The request is written in a version of HTTP that this server does not speak."
        }
        StatusCode::VARIANT_ALSO_NEGOTIATES => {
            "The server is set up wrongly: choosing a form of this leads back to itself."
        }
        StatusCode::INSUFFICIENT_STORAGE => "There is no room left to keep what the request brings.",
        StatusCode::LOOP_DETECTED => "The server gave up because what it followed leads back to itself.",
        StatusCode::NOT_EXTENDED => "The request lacks an extension that the server asks for.",
        StatusCode::NETWORK_AUTHENTICATION_REQUIRED => {
            "Sign in to the network first, as in a hotel or on a train; then load this page again."
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
