# The manifest as a resource: type 24 (RT_MANIFEST), number 1, American English. Each is a directory of one entry.
        .section .rsrc, "dr"
types:
        .long 0, 0, 0, 1 << 16
        .long 24, 0x80000000 + (numbers - types)
numbers:
        .long 0, 0, 0, 1 << 16
        .long 1, 0x80000000 + (languages - types)
languages:
        .long 0, 0, 0, 1 << 16
        .long 1033, data - types
data:
        .rva text
        .long end - text, 0, 0
text:
        .incbin "manifest.xml"
end:
