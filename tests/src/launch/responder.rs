//! OpenSSL's own OCSP responder, for the test certificates.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::launch::listening;
use crate::launch::port::{self, Port};
use crate::launch::process::{self, Input, Process};
use crate::launch::wait::LIMIT;

/// A responder for what `root.pem` has signed: `rsa.pem` is good, `aia.pem` is revoked, all else unknown.
#[derive(Debug)]
pub struct Responder {
    process: Process,
    port: Port,
}

impl Responder {
    /// Starts it in a copy of the test certificates, to which `aia.pem` comes: a certificate of `rsa.key` that names it.
    pub fn start(folder: &Path) -> Result<Responder, String> {
        let port = port::reserve();
        let number = port.number.to_string();
        write(folder, "aia.ext", &format!("authorityInfoAccess=OCSP;URI:http://127.0.0.1:{number}/\n"))?;
        openssl(folder, "req -new -key rsa.key -subj /CN=aia.example -out aia.csr")?;
        openssl(
            folder,
            "x509 -req -in aia.csr -CA root.pem -CAkey root.key -set_serial 77 -days 2 -extfile aia.ext -out aia.pem",
        )?;
        let serial = openssl(folder, "x509 -in rsa.pem -noout -serial")?;
        let serial = serial.trim().trim_start_matches("serial=");
        let good = format!("V\t991231235959Z\t\t{serial}\tunknown\t/CN=rsa.example\n");
        let revoked = "R\t991231235959Z\t250101000000Z\t4D\tunknown\t/CN=aia.example\n";
        write(folder, "responder.txt", &(good + revoked))?;
        let mut command = process::command("openssl".as_ref(), folder);
        command.args([
            "ocsp",
            "-index",
            "responder.txt",
            "-CA",
            "root.pem",
            "-rsigner",
            "root.pem",
            "-rkey",
            "root.key",
        ]);
        command.args(["-port", &number]);
        let mut process = Process::start(command, Input::Null).map_err(|e| format!("no responder: {e}"))?;
        let deadline = Instant::now() + LIMIT;
        while listening::find(process.pid()).is_none() {
            if process.status().is_some() || Instant::now() > deadline {
                let said = String::from_utf8_lossy(&process.so_far("stderr")).into_owned();
                return Err(format!("the responder does not listen: {said}"));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(Responder { process, port })
    }

    /// Where it listens, on every address of this machine.
    pub fn port(&self) -> u16 {
        self.port.number
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    std::fs::write(folder.join(name), text).map_err(|e| format!("{name}: {e}"))
}

/// What it prints on standard output.
fn openssl(folder: &Path, line: &str) -> Result<String, String> {
    let output = process::command("openssl".as_ref(), folder).args(line.split(' ')).output();
    let output = output.map_err(|e| format!("{line}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{line}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
