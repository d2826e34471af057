/** The tiny client of resident_client.ts for x86-64: System V ABI, Linux system calls. */
export const CLIENT_X86: readonly string[] = [
  "52", // push rdx
  "55", // push rbp
  "4889e5", // mov rbp,rsp
  "488b4d10", // mov rcx,[rbp+0x10]
  "4885c9", // test rcx,rcx
  "0f847a010000", // je out
  "488d5d18", // lea rbx,[rbp+0x18]
  "4c8d6ccb08", // lea r13,[rbx+rcx*8+0x8]
  "4531f6", // xor r14d,r14d
  "4531e4", // xor r12d,r12d
  // next: each variable
  "498b4500", // mov rax,[r13+0x0]
  "4885c0", // test rax,rax
  "741f", // je listed
  "4989c4", // mov r12,rax
  "4983c508", // add r13,0x8
  "4889c6", // mov rsi,rax
  "488d3d58010000", // lea rdi,[rip+0x158]
  "b91b000000", // mov ecx,0x1b
  "f3a6", // repz cmps byte ds:[rsi],byte es:[rdi]
  "75dd", // jne next
  "4989f6", // mov r14,rsi
  "ebd8", // jmp next
  // listed: r14: the path, r12: the last variable
  "4d85f6", // test r14,r14
  "0f843a010000", // je out
  "4881ec00110000", // sub rsp,0x1100
  "b829000000", // mov eax,0x29
  "bf01000000", // mov edi,0x1
  "be01000800", // mov esi,0x80001
  "31d2", // xor edx,edx
  "0f05", // syscall
  "85c0", // test eax,eax
  "0f8818010000", // js out
  "4189c7", // mov r15d,eax
  "66c704240100", // mov word [rsp],0x1
  "488d7c2402", // lea rdi,[rsp+0x2]
  "4c89f6", // mov rsi,r14
  "b96c000000", // mov ecx,0x6c
  // copy: the path into a sockaddr_un
  "ac", // lods al,byte ds:[rsi]
  "aa", // stos byte es:[rdi],al
  "84c0", // test al,al
  "7407", // je copied
  "e2f8", // loop copy
  "e9eb000000", // jmp close
  // copied
  "4889fa", // mov rdx,rdi
  "4829e2", // sub rdx,rsp
  "4889e6", // mov rsi,rsp
  "4489ff", // mov edi,r15d
  "b82a000000", // mov eax,0x2a
  "0f05", // syscall
  "85c0", // test eax,eax
  "0f85d0000000", // jne close
  "48c7042414000000", // mov [rsp],0x14
  "48c744240800000000", // mov [rsp+0x8],0x0
  "4489ff", // mov edi,r15d
  "be01000000", // mov esi,0x1
  "ba14000000", // mov edx,0x14
  "4989e2", // mov r10,rsp
  "41b810000000", // mov r8d,0x10
  "b836000000", // mov eax,0x36
  "0f05", // syscall
  "48b8205047424c433031", // movabs rax,0x3130434c42475020
  "48890424", // mov [rsp],rax
  "488b4510", // mov rax,[rbp+0x10]
  "4889442408", // mov [rsp+0x8],rax
  "488d7c2410", // lea rdi,[rsp+0x10]
  "be00100000", // mov esi,0x1000
  "b84f000000", // mov eax,0x4f
  "0f05", // syscall
  "85c0", // test eax,eax
  "7e76", // jle close
  "4889e6", // mov rsi,rsp
  "ba10100000", // mov edx,0x1010
  "e84f000000", // call send
  "7567", // jne close
  "4c89e7", // mov rdi,r12
  "31c0", // xor eax,eax
  "4883c9ff", // or rcx,0xffffffffffffffff
  "f2ae", // repnz scas al,byte es:[rdi]
  "488b33", // mov rsi,[rbx]
  "4889fa", // mov rdx,rdi
  "4829f2", // sub rdx,rsi
  "e834000000", // call send
  "754c", // jne close
  "4489ff", // mov edi,r15d
  "be01000000", // mov esi,0x1
  "b830000000", // mov eax,0x30
  "0f05", // syscall
  "4489ff", // mov edi,r15d
  "4889e6", // mov rsi,rsp
  "ba01000000", // mov edx,0x1
  "31c0", // xor eax,eax
  "0f05", // syscall
  "83f801", // cmp eax,0x1
  "7529", // jne close
  "803c2400", // cmp byte [rsp],0x0
  "7523", // jne close
  "31ff", // xor edi,edi
  "b8e7000000", // mov eax,0xe7
  "0f05", // syscall
  // send: rsi, rdx: what; the flags say whether all of it went
  "4489ff", // mov edi,r15d
  "41ba00400000", // mov r10d,0x4000
  "4531c0", // xor r8d,r8d
  "4531c9", // xor r9d,r9d
  "b82c000000", // mov eax,0x2c
  "0f05", // syscall
  "4839d0", // cmp rax,rdx
  "c3", // ret
  // close
  "4489ff", // mov edi,r15d
  "b803000000", // mov eax,0x3
  "0f05", // syscall
  // out
  "4889ec", // mov rsp,rbp
  "5d", // pop rbp
  "5a", // pop rdx
  "eb1b", // jmp end
  // name
];
