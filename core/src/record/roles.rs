//! What contents are for, as fields of payloads.
use alloc::vec::Vec;

use super::field::{Field, Malformed, Payload, tags};
use crate::options::needs::{Place, Role, Slot, Store};

tags! {
    Store { 0 Default, 1 OfClients, 2 Own }
    Place { 0 File, 1 Folder }
}

impl Field for Slot {
    fn put(&self, to: &mut Vec<u8>) {
        match self {
            Self::First => to.push(0),
            Self::Named => to.push(1),
            Self::Second => to.push(2),
            Self::Extra(number) => {
                to.push(3);
                number.put(to);
            }
        }
    }

    fn take(from: &mut Payload<'_>) -> Result<Self, Malformed> {
        Ok(match from.tag()? {
            0 => Self::First,
            1 => Self::Named,
            2 => Self::Second,
            3 => Self::Extra(from.take()?),
            _ => return Err(from.wrong_tag()),
        })
    }
}

impl Field for Role {
    fn put(&self, to: &mut Vec<u8>) {
        match self {
            Self::Pass => to.push(0),
            Self::SecondPass => to.push(1),
            Self::Key(slot) => {
                to.push(2);
                slot.put(to);
            }
            Self::Certificate(slot) => {
                to.push(3);
                slot.put(to);
            }
            Self::Chain(slot) => {
                to.push(4);
                slot.put(to);
            }
            Self::RevocationList => to.push(5),
            Self::Status(number) => {
                to.push(6);
                number.put(to);
            }
            Self::Trust(store, place) => {
                to.push(7);
                store.put(to);
                place.put(to);
            }
            Self::Asked(slot) => {
                to.push(8);
                slot.put(to);
            }
        }
    }

    fn take(from: &mut Payload<'_>) -> Result<Self, Malformed> {
        Ok(match from.tag()? {
            0 => Self::Pass,
            1 => Self::SecondPass,
            2 => Self::Key(from.take()?),
            3 => Self::Certificate(from.take()?),
            4 => Self::Chain(from.take()?),
            5 => Self::RevocationList,
            6 => Self::Status(from.take()?),
            7 => Self::Trust(from.take()?, from.take()?),
            8 => Self::Asked(from.take()?),
            _ => return Err(from.wrong_tag()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
