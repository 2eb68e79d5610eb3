//! The pass phrase: given on the command line, asked for, or neither.
use std::cell::{OnceCell, RefCell};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use crate::ffi::{self, UI, UI_METHOD, UI_STRING};

/// What answers when a file turns out to be protected.
pub enum Answer<'a> {
    /// This pass phrase.
    Given(CString),
    /// Whoever is asked.
    Ask(Question<'a>),
    /// Nobody: what is protected is not read.
    Nobody,
}

/// Gets the name of an object, and returns its pass phrase if there is an answer.
pub type Asker<'a> = dyn Fn(&[u8]) -> Option<Vec<u8>> + 'a;

/// A question for the pass phrase of an object.
pub struct Question<'a> {
    /// The name of the object.
    object: CString,
    /// Who is asked; without it the operator by the library's console, on the terminal, else on standard input.
    function: Option<&'a Asker<'a>>,
    /// What was typed last.
    typed: RefCell<Option<CString>>,
    /// What opened the object: it is not asked for again.
    right: OnceCell<CString>,
}

impl<'a> Answer<'a> {
    /// This function, or without one the operator by the library's console, asked for the pass phrase of that object.
    pub fn ask(object: CString, function: Option<&'a Asker<'a>>) -> Self {
        Self::Ask(Question { object, function, typed: RefCell::default(), right: OnceCell::new() })
    }

    /// What was answered opened the object. The next question about it has the same answer.
    pub fn opened(&self) {
        if let Self::Ask(question) = self
            && let Some(typed) = question.typed.take()
        {
            question.right.get_or_init(|| typed);
        }
    }

    /// The `UI_METHOD` and its user data, for a call during which `self` lives.
    pub(super) fn method(&self) -> (*const UI_METHOD, *mut c_void) {
        match self {
            // SAFETY: returns a static method.
            Answer::Nobody => (unsafe { ffi::UI_null() }, ptr::null_mut()),
            _ => (method(), ptr::from_ref(self).cast_mut().cast::<c_void>()),
        }
    }
}

/// The library's console with our answers before it. Corresponds to `setup_ui_method` in `apps/lib/apps_ui.c`.
pub(super) fn method() -> *const UI_METHOD {
    static METHOD: OnceLock<usize> = OnceLock::new();
    let address = METHOD.get_or_init(|| {
        // SAFETY: a name with a terminating zero, which is copied.
        let method = unsafe { ffi::UI_create_method(c"s_server".as_ptr()) };
        assert!(!method.is_null(), "out of memory");
        // SAFETY: a live method that nobody uses yet, and functions of the right types.
        unsafe {
            ffi::UI_method_set_opener(method, Some(open));
            ffi::UI_method_set_writer(method, Some(write));
            ffi::UI_method_set_reader(method, Some(read));
            ffi::UI_method_set_closer(method, Some(close));
            ffi::UI_method_set_prompt_constructor(method, Some(prompt));
        }
        method as usize
    });
    *address as *const UI_METHOD
}

/// The answer behind a `UI`.
///
/// # Safety
///
/// `ui` is live and was made with the pair of [`Answer::method`].
unsafe fn answer<'a>(ui: *mut UI) -> Option<&'a Answer<'a>> {
    // SAFETY: the user data is null or the pointer to an `Answer` that outlives the call.
    unsafe { ffi::UI_get0_user_data(ui).cast::<Answer<'a>>().as_ref() }
}

/// The question that a function answers, not the library's console.
///
/// # Safety
///
/// As for [`answer`].
unsafe fn asked<'a>(ui: *mut UI) -> Option<(&'a Question<'a>, &'a Asker<'a>)> {
    // SAFETY: the caller's promise.
    match unsafe { answer(ui) } {
        Some(Answer::Ask(question)) => Some((question, question.function?)),
        _ => None,
    }
}

/// The pass phrase, when this question is for one that was given.
///
/// # Safety
///
/// As for [`answer`], and `string` is live.
unsafe fn given<'a>(ui: *mut UI, string: *mut UI_STRING) -> Option<&'a CStr> {
    // SAFETY: a live string.
    let flags = unsafe { ffi::UI_get_input_flags(string) };
    // SAFETY: a live string.
    let kind = unsafe { ffi::UI_get_string_type(string) };
    let wanted = flags & ffi::UI_INPUT_FLAG_DEFAULT_PWD != 0 && matches!(kind, ffi::UIT_PROMPT | ffi::UIT_VERIFY);
    // SAFETY: the caller's promise.
    match unsafe { answer(ui) } {
        Some(Answer::Given(pass)) if wanted => Some(pass),
        Some(Answer::Ask(question)) if wanted => question.right.get().map(|pass| &**pass),
        _ => None,
    }
}

unsafe extern "C" fn open(ui: *mut UI) -> c_int {
    // SAFETY: OpenSSL calls with a live `UI` that has our method.
    if unsafe { asked(ui) }.is_some() {
        return 1;
    }
    // SAFETY: the console's opener gets what ours got.
    unsafe { ffi::UI_method_get_opener(ffi::UI_OpenSSL()).map_or(1, |open| open(ui)) }
}

unsafe extern "C" fn close(ui: *mut UI) -> c_int {
    // SAFETY: OpenSSL calls with a live `UI` that has our method.
    if unsafe { asked(ui) }.is_some() {
        return 1;
    }
    // SAFETY: the console's closer gets what ours got.
    unsafe { ffi::UI_method_get_closer(ffi::UI_OpenSSL()).map_or(1, |close| close(ui)) }
}

unsafe extern "C" fn read(ui: *mut UI, string: *mut UI_STRING) -> c_int {
    // SAFETY: OpenSSL calls with live objects of a `UI` that has our method.
    let (given, asked) = unsafe { (given(ui, string), asked(ui)) };
    match (given, asked) {
        // SAFETY: live objects; the pass phrase is copied.
        (Some(pass), _) => unsafe { ffi::UI_set_result(ui, string, pass.as_ptr()) + 1 },
        (None, Some((question, function))) => {
            let answer = function(question.object.to_bytes()).and_then(|answer| CString::new(answer).ok());
            let Some(pass) = answer else { return -1 };
            // SAFETY: live objects; the pass phrase is copied.
            let result = unsafe { ffi::UI_set_result(ui, string, pass.as_ptr()) + 1 };
            question.typed.replace(Some(pass));
            result
        }
        (None, None) => {
            // SAFETY: the console's reader gets what ours got.
            let result = unsafe { ffi::UI_method_get_reader(ffi::UI_OpenSSL()).map_or(0, |read| read(ui, string)) };
            // SAFETY: live objects, as before.
            unsafe { remember(ui, string) };
            result
        }
    }
}

/// Keeps what was typed, until it is known whether it was right.
///
/// # Safety
///
/// As for [`given`].
unsafe fn remember(ui: *mut UI, string: *mut UI_STRING) {
    // SAFETY: the caller's promise.
    let Some(Answer::Ask(question)) = (unsafe { answer(ui) }) else { return };
    // SAFETY: a live string.
    let typed = unsafe { ffi::UI_get0_result_string(string) };
    if !typed.is_null() {
        // SAFETY: the string's own copy, with a terminating zero.
        question.typed.replace(Some(unsafe { CStr::from_ptr(typed) }.to_owned()));
    }
}

unsafe extern "C" fn write(ui: *mut UI, string: *mut UI_STRING) -> c_int {
    // SAFETY: OpenSSL calls with live objects of a `UI` that has our method.
    match unsafe { given(ui, string).is_some() || asked(ui).is_some() } {
        true => 1,
        // SAFETY: the console's writer gets what ours got.
        false => unsafe { ffi::UI_method_get_writer(ffi::UI_OpenSSL()).map_or(1, |write| write(ui, string)) },
    }
}

unsafe extern "C" fn prompt(ui: *mut UI, description: *const c_char, name: *const c_char) -> *mut c_char {
    let description = if description.is_null() { c"pass phrase".as_ptr() } else { description };
    // SAFETY: OpenSSL calls with a live `UI` that has our method.
    let name = match unsafe { answer(ui) } {
        Some(Answer::Ask(question)) if name.is_null() => question.object.as_ptr(),
        _ => name,
    };
    // SAFETY: both are null or C strings; without a `UI` the library's own prompt is made.
    unsafe { ffi::UI_construct_prompt(ptr::null_mut(), description, name) }
}
