#pragma pack(push,2)
struct r { short k; _Float16 c[2];  short b[2]; };
#pragma pack(pop)
struct r f(unsigned char *p) { struct r r; __builtin_memcpy(&r,p,sizeof r); return r; }
void g(struct r x, unsigned char*p) { __builtin_memcpy(p,&x,sizeof x); }
