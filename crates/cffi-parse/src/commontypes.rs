//! Type names that need no declaration because they are common on the platform.

/// Every common type of this platform: its name and the C type it stands for, sorted by name.
///
/// A type may be given by the name of another one in the list.
pub const COMMON_TYPES: &[(&str, &str)] = COMMON;

#[cfg(windows)]
const COMMON: &[(&str, &str)] = &WINDOWS;
#[cfg(not(windows))]
const COMMON: &[(&str, &str)] = &[FILE, BOOL];

/// Returns the C type that the common type `name` stands for.
pub fn common_type(name: &str) -> Option<&'static str> {
    let index = COMMON_TYPES.binary_search_by(|(common, _)| (*common).cmp(name)).ok()?;
    Some(COMMON_TYPES[index].1)
}

const FILE: (&str, &str) = ("FILE", "struct _IO_FILE");
const BOOL: (&str, &str) = ("bool", "_Bool");

/// One of two names, by the size of a pointer.
#[cfg(any(windows, test))]
const fn w32_64(narrow: &'static str, wide: &'static str) -> &'static str {
    if cfg!(target_pointer_width = "64") { wide } else { narrow }
}

/// The types of `<windef.h>`, `<basetsd.h>` and their like.
#[cfg(any(windows, test))]
#[rustfmt::skip]
const WINDOWS: [(&str, &str); 160] = [
    ("ATOM", "WORD"),
    ("BOOL", "int"),
    ("BOOLEAN", "BYTE"),
    ("BYTE", "unsigned char"),
    ("CCHAR", "char"),
    ("CHAR", "char"),
    ("COLORREF", "DWORD"),
    ("DWORD", "unsigned long"),
    ("DWORD32", "unsigned int"),
    ("DWORD64", "unsigned long long"),
    ("DWORDLONG", "ULONGLONG"),
    ("DWORD_PTR", "ULONG_PTR"),
    FILE,
    ("FLOAT", "float"),
    ("HACCEL", "HANDLE"),
    ("HALF_PTR", w32_64("short", "int")),
    ("HANDLE", "PVOID"),
    ("HBITMAP", "HANDLE"),
    ("HBRUSH", "HANDLE"),
    ("HCOLORSPACE", "HANDLE"),
    ("HCONV", "HANDLE"),
    ("HCONVLIST", "HANDLE"),
    ("HCURSOR", "HICON"),
    ("HDC", "HANDLE"),
    ("HDDEDATA", "HANDLE"),
    ("HDESK", "HANDLE"),
    ("HDROP", "HANDLE"),
    ("HDWP", "HANDLE"),
    ("HENHMETAFILE", "HANDLE"),
    ("HFILE", "int"),
    ("HFONT", "HANDLE"),
    ("HGDIOBJ", "HANDLE"),
    ("HGLOBAL", "HANDLE"),
    ("HHOOK", "HANDLE"),
    ("HICON", "HANDLE"),
    ("HINSTANCE", "HANDLE"),
    ("HKEY", "HANDLE"),
    ("HKL", "HANDLE"),
    ("HLOCAL", "HANDLE"),
    ("HMENU", "HANDLE"),
    ("HMETAFILE", "HANDLE"),
    ("HMODULE", "HINSTANCE"),
    ("HMONITOR", "HANDLE"),
    ("HPALETTE", "HANDLE"),
    ("HPEN", "HANDLE"),
    ("HRESULT", "LONG"),
    ("HRGN", "HANDLE"),
    ("HRSRC", "HANDLE"),
    ("HSZ", "HANDLE"),
    ("HWND", "HANDLE"),
    ("INT", "int"),
    ("INT16", "short"),
    ("INT32", "int"),
    ("INT64", "long long"),
    ("INT8", "signed char"),
    ("INT_PTR", w32_64("int", "long long")),
    ("LANGID", "WORD"),
    ("LCID", "DWORD"),
    ("LCTYPE", "DWORD"),
    ("LGRPID", "DWORD"),
    ("LONG", "long"),
    ("LONG32", "int"),
    ("LONG64", "long long"),
    ("LONGLONG", "long long"),
    ("LONG_PTR", w32_64("long", "long long")),
    ("LPARAM", "LONG_PTR"),
    ("LPBOOL", "BOOL *"),
    ("LPBYTE", "BYTE *"),
    ("LPCOLORREF", "DWORD *"),
    ("LPCSTR", "const char *"),
    ("LPCVOID", "const void *"),
    ("LPCWSTR", "const WCHAR *"),
    ("LPDWORD", "DWORD *"),
    ("LPHANDLE", "HANDLE *"),
    ("LPINT", "int *"),
    ("LPLONG", "long *"),
    ("LPSTR", "CHAR *"),
    ("LPVOID", "void *"),
    ("LPWORD", "WORD *"),
    ("LPWSTR", "WCHAR *"),
    ("LRESULT", "LONG_PTR"),
    ("PBOOL", "BOOL *"),
    ("PBOOLEAN", "BOOLEAN *"),
    ("PBYTE", "BYTE *"),
    ("PCHAR", "CHAR *"),
    ("PCSTR", "const CHAR *"),
    ("PCWSTR", "const WCHAR *"),
    ("PDWORD", "DWORD *"),
    ("PDWORD32", "DWORD32 *"),
    ("PDWORD64", "DWORD64 *"),
    ("PDWORDLONG", "DWORDLONG *"),
    ("PDWORD_PTR", "DWORD_PTR *"),
    ("PFLOAT", "FLOAT *"),
    ("PHALF_PTR", "HALF_PTR *"),
    ("PHANDLE", "HANDLE *"),
    ("PHKEY", "HKEY *"),
    ("PINT", "int *"),
    ("PINT16", "INT16 *"),
    ("PINT32", "INT32 *"),
    ("PINT64", "INT64 *"),
    ("PINT8", "INT8 *"),
    ("PINT_PTR", "INT_PTR *"),
    ("PLCID", "PDWORD"),
    ("PLONG", "LONG *"),
    ("PLONG32", "LONG32 *"),
    ("PLONG64", "LONG64 *"),
    ("PLONGLONG", "LONGLONG *"),
    ("PLONG_PTR", "LONG_PTR *"),
    ("PSHORT", "SHORT *"),
    ("PSIZE_T", "SIZE_T *"),
    ("PSSIZE_T", "SSIZE_T *"),
    ("PSTR", "CHAR *"),
    ("PUCHAR", "UCHAR *"),
    ("PUHALF_PTR", "UHALF_PTR *"),
    ("PUINT", "UINT *"),
    ("PUINT16", "UINT16 *"),
    ("PUINT32", "UINT32 *"),
    ("PUINT64", "UINT64 *"),
    ("PUINT8", "UINT8 *"),
    ("PUINT_PTR", "UINT_PTR *"),
    ("PULONG", "ULONG *"),
    ("PULONG32", "ULONG32 *"),
    ("PULONG64", "ULONG64 *"),
    ("PULONGLONG", "ULONGLONG *"),
    ("PULONG_PTR", "ULONG_PTR *"),
    ("PUSHORT", "USHORT *"),
    ("PVOID", "void *"),
    ("PWCHAR", "WCHAR *"),
    ("PWORD", "WORD *"),
    ("PWSTR", "WCHAR *"),
    ("QWORD", "unsigned long long"),
    ("SC_HANDLE", "HANDLE"),
    ("SC_LOCK", "LPVOID"),
    ("SERVICE_STATUS_HANDLE", "HANDLE"),
    ("SHORT", "short"),
    ("SIZE_T", "ULONG_PTR"),
    ("SSIZE_T", "LONG_PTR"),
    ("UCHAR", "unsigned char"),
    ("UHALF_PTR", w32_64("unsigned short", "unsigned int")),
    ("UINT", "unsigned int"),
    ("UINT16", "unsigned short"),
    ("UINT32", "unsigned int"),
    ("UINT64", "unsigned long long"),
    ("UINT8", "unsigned char"),
    ("UINT_PTR", w32_64("unsigned int", "unsigned long long")),
    ("ULONG", "unsigned long"),
    ("ULONG32", "unsigned int"),
    ("ULONG64", "unsigned long long"),
    ("ULONGLONG", "unsigned long long"),
    ("ULONG_PTR", w32_64("unsigned long", "unsigned long long")),
    ("USHORT", "unsigned short"),
    ("USN", "LONGLONG"),
    ("VOID", "void"),
    ("WCHAR", "wchar_t"),
    ("WINSTA", "HANDLE"),
    ("WORD", "unsigned short"),
    ("WPARAM", "UINT_PTR"),
    ("_Dcomplex", "_cffi_double_complex_t"),
    ("_Fcomplex", "_cffi_float_complex_t"),
    BOOL,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard_typename;

    #[test]
    fn what_every_platform_has() {
        assert_eq!(common_type("FILE"), Some("struct _IO_FILE"));
        assert_eq!(common_type("bool"), Some("_Bool"));
        assert_eq!(common_type("Bool"), None);
        assert_eq!(common_type("DWORD").is_some(), cfg!(windows));
    }

    #[test]
    fn lists_are_sorted() {
        assert!(COMMON_TYPES.is_sorted() && WINDOWS.is_sorted());
        assert_eq!(WINDOWS.len() - 2, 158);
    }

    /// Replacing names by what they stand for ends, and ends in words that the parser knows.
    #[test]
    fn every_windows_type_leads_to_c() {
        for (name, mut meaning) in WINDOWS {
            for step in 0.. {
                assert!(step < 5, "{name} leads on and on");
                let word = meaning.trim_start_matches("const ").trim_end_matches(" *");
                let Ok(next) = WINDOWS.binary_search_by(|(other, _)| (*other).cmp(word)) else { break };
                meaning = WINDOWS[next].1;
            }
            let first = meaning.trim_start_matches("const ").split(' ').next().unwrap();
            let keywords = [
                "char", "double", "float", "int", "long", "short", "signed", "struct", "unsigned", "void",
                "_Bool",
            ];
            assert!(keywords.contains(&first) || standard_typename(first).is_some(), "{name}: {meaning}");
        }
    }
}
