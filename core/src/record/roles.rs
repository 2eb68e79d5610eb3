//! What contents are for, as fields of payloads.
use super::field::{sums, tags};
use crate::options::needs::{Place, Role, Slot, Store};

tags! {
    Store { 0 Default, 1 OfClients, 2 Own }
    Place { 0 File, 1 Folder }
}

sums! {
    <'a> Slot { 0 First, 1 Named, 2 Second, 3 Extra(number) }
    <'a> Role {
        0 Pass,
        1 SecondPass,
        2 Key(slot),
        3 Certificate(slot),
        4 Chain(slot),
        5 RevocationList,
        6 Status(number),
        7 Trust(store, place),
        8 Asked(slot),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::field::{Field, Payload};
    use alloc::vec::Vec;

    #[test]
    fn roles_are_read_as_they_were_written() {
        let roles = [
            Role::Pass,
            Role::SecondPass,
            Role::Key(Slot::First),
            Role::Certificate(Slot::Named),
            Role::Chain(Slot::Second),
            Role::Key(Slot::Extra(7)),
            Role::RevocationList,
            Role::Status(3),
            Role::Trust(Store::Default, Place::File),
            Role::Trust(Store::OfClients, Place::Folder),
            Role::Trust(Store::Own, Place::File),
            Role::Asked(Slot::Second),
        ];
        for role in roles {
            let mut bytes = Vec::new();
            role.put(&mut bytes);
            let mut payload = Payload::new(&bytes);
            assert_eq!(payload.take(), Ok(role));
            assert_eq!(payload.end(), Ok(()));
        }
    }
}
