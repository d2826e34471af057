/** The tiny client of resident_client.ts for aarch64: Linux system calls; x0 reaches the end unchanged. */
export const CLIENT_AARCH64: readonly string[] = [
  "a9bf7be0", // stp x0, x30, [sp, #-16]!
  "910003f3", // mov x19, sp
  "f9400a74", // ldr x20, [x19, #16]
  "b4000d34", // cbz x20, out
  "91006275", // add x21, x19, #0x18
  "8b140eb6", // add x22, x21, x20, lsl #3
  "910022d6", // add x22, x22, #0x8
  "aa1f03f7", // mov x23, xzr
  "aa1f03f8", // mov x24, xzr
  // next: each variable
  "f84086c1", // ldr x1, [x22], #8
  "b4000181", // cbz x1, listed
  "aa0103f8", // mov x24, x1
  "10000c62", // adr x2, name
  "52800363", // mov w3, #0x1b
  // match
  "38401424", // ldrb w4, [x1], #1
  "38401445", // ldrb w5, [x2], #1
  "6b05009f", // cmp w4, w5
  "54ffff01", // b.ne next
  "71000463", // subs w3, w3, #0x1
  "54ffff61", // b.ne match
  "aa0103f7", // mov x23, x1
  "17fffff4", // b next
  // listed: x23: the path, x24: the last variable
  "b4000ad7", // cbz x23, out
  "d14007ff", // sub sp, sp, #0x1, lsl #12
  "d10403ff", // sub sp, sp, #0x100
  "52800020", // mov w0, #0x1
  "52800021", // mov w1, #0x1
  "72a00101", // movk w1, #0x8, lsl #16
  "2a1f03e2", // mov w2, wzr
  "528018c8", // mov w8, #0xc6
  "d4000001", // svc #0x0
  "37f809a0", // tbnz w0, #31, out
  "2a0003f9", // mov w25, w0
  "52800021", // mov w1, #0x1
  "790003e1", // strh w1, [sp]
  "91000be2", // add x2, sp, #0x2
  "aa1703e1", // mov x1, x23
  "52800d83", // mov w3, #0x6c
  // copy: the path into a sockaddr_un
  "38401424", // ldrb w4, [x1], #1
  "38001444", // strb w4, [x2], #1
  "34000084", // cbz w4, copied
  "71000463", // subs w3, w3, #0x1
  "54ffff81", // b.ne copy
  "1400003e", // b close
  // copied
  "910003e1", // mov x1, sp
  "cb010042", // sub x2, x2, x1
  "2a1903e0", // mov w0, w25
  "52801968", // mov w8, #0xcb
  "d4000001", // svc #0x0
  "35000700", // cbnz w0, close
  "52800281", // mov w1, #0x14
  "a9007fe1", // stp x1, xzr, [sp]
  "2a1903e0", // mov w0, w25
  "52800021", // mov w1, #0x1
  "52800282", // mov w2, #0x14
  "910003e3", // mov x3, sp
  "52800204", // mov w4, #0x10
  "52801a08", // mov w8, #0xd0
  "d4000001", // svc #0x0
  "d28a0401", // mov x1, #0x5020
  "f2a848e1", // movk x1, #0x4247, lsl #16
  "f2c86981", // movk x1, #0x434c, lsl #32
  "f2e62601", // movk x1, #0x3130, lsl #48
  "a90053e1", // stp x1, x20, [sp]
  "910043e0", // add x0, sp, #0x10
  "52820001", // mov w1, #0x1000
  "52800228", // mov w8, #0x11
  "d4000001", // svc #0x0
  "7100001f", // cmp w0, #0x0
  "5400048d", // b.le close
  "910003e1", // mov x1, sp
  "52820202", // mov w2, #0x1010
  "94000019", // bl send
  "54000401", // b.ne close
  "aa1803e0", // mov x0, x24
  // scan
  "38401401", // ldrb w1, [x0], #1
  "35ffffe1", // cbnz w1, scan
  "f94002a1", // ldr x1, [x21]
  "cb010002", // sub x2, x0, x1
  "94000012", // bl send
  "54000321", // b.ne close
  "2a1903e0", // mov w0, w25
  "52800021", // mov w1, #0x1
  "52801a48", // mov w8, #0xd2
  "d4000001", // svc #0x0
  "2a1903e0", // mov w0, w25
  "910003e1", // mov x1, sp
  "52800022", // mov w2, #0x1
  "528007e8", // mov w8, #0x3f
  "d4000001", // svc #0x0
  "7100041f", // cmp w0, #0x1
  "540001c1", // b.ne close
  "394003e1", // ldrb w1, [sp]
  "35000181", // cbnz w1, close
  "2a1f03e0", // mov w0, wzr
  "52800bc8", // mov w8, #0x5e
  "d4000001", // svc #0x0
  // send: x1, x2: what; the flags say whether all of it went
  "2a1903e0", // mov w0, w25
  "52880003", // mov w3, #0x4000
  "aa1f03e4", // mov x4, xzr
  "aa1f03e5", // mov x5, xzr
  "528019c8", // mov w8, #0xce
  "d4000001", // svc #0x0
  "eb02001f", // cmp x0, x2
  "d65f03c0", // ret
  // close
  "2a1903e0", // mov w0, w25
  "52800728", // mov w8, #0x39
  "d4000001", // svc #0x0
  // out
  "9100027f", // mov sp, x19
  "a8c17be0", // ldp x0, x30, [sp], #16
  "14000008", // b end
  // name
];
