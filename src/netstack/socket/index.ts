/** Who in a namespace takes a packet that is delivered to it. */
export { answersEcho } from './echo.ts';
export type { EchoAnswer } from './echo.ts';
export { lookupSocket } from './lookup-socket.ts';
export type { SocketAnswer, SocketOptions } from './lookup-socket.ts';
