//! The certificate, and taking a new one without a restart.

use std::path::Path;
use std::thread;
use std::time::Duration;

use basehttp_transport::Tls;

use crate::problem::Problem;
use crate::serve::say;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// The certificate of these files. A thread takes what they are changed to.
pub(crate) fn open(certificate: &Path, key: &Path) -> Result<Tls, Problem> {
    let tls =
        Tls::from_pem_files(certificate, key).map_err(|error| Problem::system("cannot use the certificate", &error))?;
    let watched = tls.clone();
    let watch = thread::Builder::new().name("certificate".to_owned()).spawn(move || watch(&watched));
    watch.map_err(|error| Problem::system("cannot watch the certificate", &error))?;
    Ok(tls)
}

fn watch(tls: &Tls) {
    loop {
        thread::sleep(EVERY);
        match tls.reload_if_changed() {
            Ok(false) => {}
            Ok(true) => say("The certificate has changed; new connections have the new one.".to_owned()),
            Err(error) => say(format!("The certificate has changed, and the old one stays: {error}")),
        }
    }
}
