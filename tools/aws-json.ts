import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';

/** What an operation of AWS is asked. */
export type Asked = Readonly<Record<string, unknown>>;

/** Answers AWS's JSON protocol: the header says which operation it is. */
export function awsJson(answer: (operation: string, asked: Asked) => object): Server {
  return createServer((request, response) => {
    void json(request).then((asked) => {
      const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify(answer(operation, asked as Asked)));
    });
  });
}
