// snappyjs 0.7.0 has no type declarations of its own; the bench needs one function.

declare module 'snappyjs' {
  const snappyjs: { readonly uncompress: (bytes: Buffer, maxLength?: number) => Buffer };
  export default snappyjs;
}
