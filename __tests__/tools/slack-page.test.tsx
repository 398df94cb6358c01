import type { WebClient } from '@slack/web-api';
import { readChannel, type SlackMessage } from '../../tools/slack-channel';
import { renderPage, servePage } from '../../tools/slack-page';

// Both are ESM only, which Jest cannot require; the library needs them for `markdown` blocks alone.
jest.mock('react-markdown', () => ({}));
jest.mock('remark-gfm', () => ({}));

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const message = (ts: number, text: string, more: Partial<SlackMessage> = {}): SlackMessage => ({
  ts: `${ts}.000000`,
  text,
  blocks: [section(text)],
  ...more,
});

/** The body's words, without tags, as a reader sees them. */
function words(html: string): string {
  const body = html.slice(html.indexOf('<body>')).replace(/<[^>]*>/g, '');
  const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#x27': "'", amp: '&' };
  return body.replace(/&(lt|gt|quot|#x27|amp);/g, (_all, name: string) => entities[name] ?? '');
}
const draw = (text: string) => renderPage('alerts', [{ parent: message(1763456789, text), replies: [] }]);

describe('the page of a channel', () => {
  it('draws a parent with its replies in order', () => {
    const replies = [message(2, 'first stop'), message(3, 'second stop'), message(4, 'recovered')];
    const html = renderPage('alerts', [{ parent: message(1, 'api is down'), replies }]);
    expect(words(html)).toMatch(/# alerts.*api is down.*3 replies.*first stop.*second stop.*recovered/s);
  });

  it('says "1 reply" and leaves the line out of a thread without replies', () => {
    const alone = { parent: message(1, 'quiet'), replies: [] };
    expect(words(renderPage('alerts', [alone]))).not.toMatch(/repl/);
    expect(words(renderPage('alerts', [{ ...alone, replies: [message(2, 'x')] }]))).toContain('1 reply');
  });

  it.each([{ reply_broadcast: true }, { subtype: 'thread_broadcast' }])(
    'draws a broadcast reply in its thread and, at its time, in the channel (%j)',
    (mark) => {
      const replies = [message(2, 'rolled back', mark), message(5, 'later')];
      const next = { parent: message(3, 'worker is slow'), replies: [] };
      const page = words(renderPage('alerts', [next, { parent: message(1, 'api is down'), replies }]));
      expect(page).toMatch(
        /api is down.*Also sent to the channel.*rolled back.*later.*thread: api is down.*rolled back.*worker is slow/s,
      );
    },
  );

  it('marks an edited message', () => {
    const page = (more: object) => renderPage('alerts', [{ parent: message(1, 'x', more), replies: [] }]);
    expect(page({ edited: { ts: '2' } })).toContain('class="body edited"');
    expect(page({})).not.toContain('class="body edited"');
  });

  it('draws the text of a message without blocks', () => {
    expect(draw('x')).toContain('x');
    const page = renderPage('alerts', [{ parent: message(1, 'only *text*', { blocks: [] }), replies: [] }]);
    expect(words(page)).toContain('only text');
  });
});

describe('a chart on the page', () => {
  const data = ['14:00', '14:01'].map((label, index) => ({ label, value: 80 + index }));
  const limit = data.map(({ label }) => ({ label, value: 85 }));
  const chart = (title: string) => ({
    type: 'data_visualization',
    title,
    chart: {
      type: 'line',
      series: [
        { name: 'CPU', data },
        { name: 'limit', data: limit },
      ],
      axis_config: { categories: ['14:00', '14:01'], x_label: 'UTC', y_label: '%' },
    },
  });
  const page = (title: string) =>
    renderPage('alerts', [{ parent: message(1, 'x', { blocks: [section('x'), chart(title)] }), replies: [] }]);

  it('is drawn with its title, its times and a line for each series', () => {
    const html = page('CPU of api');
    expect(words(html)).toMatch(/CPU of api.*14:00.*14:01.*UTC.*CPU.*limit/s);
    expect(html.match(/<path d="M [^"]*" fill="none" stroke="rgb/g)).toHaveLength(2);
  });

  it('never lets its title become HTML', () => {
    expect(page('<img src=x onerror=alert(1)>')).not.toContain('<img');
  });
});

describe('mrkdwn on the page', () => {
  it('keeps escaped text as text', () => {
    expect(words(draw('&lt;!channel&gt; &lt;b&gt; &amp;lt; a &amp; b'))).toContain('<!channel> <b> &lt; a & b');
  });

  it('draws a date token as the time in the given zone, not as its fallback', () => {
    const text = 'since <!date^1763456789^{time}|some time>';
    expect(words(draw(text))).toContain('since 09:06');
    const page = renderPage('alerts', [{ parent: message(1, text), replies: [] }], { timeZone: 'Europe/Berlin' });
    expect(words(page)).toContain('since 10:06');
  });

  it('draws the fallback of a date format it does not know', () => {
    expect(words(draw('<!date^1763456789^{ago}|a while ago>'))).toContain('a while ago');
  });

  it('draws bold, code and links', () => {
    const html = draw("*api* `KeyError: 'X'` <https://example.com/?a=1&amp;b=2#x:y~(z*'q')|Logs>");
    expect(html).toMatch(/class="[^"]*font-semibold[^"]*">api</);
    expect(html).toMatch(/class="[^"]*slack_inline_code[^"]*">KeyError: &#x27;X&#x27;</);
    expect(html).toContain('href="https://example.com/?a=1&amp;b=2#x:y~(z*&#x27;q&#x27;)"');
  });

  it.each(['14:02:33Z', 'snake_case_name', '2*3*4', '[a](http://b)', '1. one', '# no head', 'C:\\dir'])(
    'leaves %s as it is written',
    (text) => expect(words(draw(`x ${text} y`))).toContain(`x ${text} y`),
  );

  it('formats nothing in code and keeps the lines of a block of code', () => {
    expect(words(draw('`*a* _b_`'))).toContain('*a* _b_');
    const html = draw('before\n```\n*not bold*\n  <!channel> :42:\n```\nafter');
    expect(words(html)).toMatch(/before\*not bold\*\n {2}<!channel> :42:after/);
    expect(html).toMatch(/<pre[^>]*>.*<\/pre>/s);
  });

  it.each(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '</style><script>', '&lt;script&gt;x'])(
    'never lets text become HTML: %s',
    (text) => {
      const parent = message(1, text, { blocks: [section(`*${text}* \`${text}\``), section(`\`\`\`${text}\`\`\``)] });
      const reply = message(2, text, { reply_broadcast: true });
      const html = renderPage(text, [{ parent, replies: [reply] }]);
      expect(html).not.toMatch(/<script|<img|onerror=(?!alert\(1\)&gt;)/);
    },
  );

  it('never makes a link that runs code', () => {
    expect(draw('<javascript:alert(1)|Logs>')).not.toContain('href');
  });
});

describe('the channel', () => {
  const answers = {
    first: { messages: [message(5, 'b'), message(4, 'c', { thread_ts: '1.000000', subtype: 'thread_broadcast' })] },
    second: { messages: [{ ...message(1, 'a'), reply_count: 2 }] },
  };
  const replies = [message(1, 'a'), message(2, 'r'), message(4, 'c', { reply_broadcast: true })];
  const client = {
    conversations: {
      history: async ({ cursor }: { cursor?: string }) =>
        cursor ? answers.second : { ...answers.first, response_metadata: { next_cursor: 'more' } },
      replies: async () => ({ messages: replies }),
    },
  } as unknown as WebClient;

  it('is read page by page, with each reply once in its thread', async () => {
    const threads = await readChannel(client, 'C1');
    expect(threads.map(({ parent, replies }) => [parent.text, replies.map(({ text }) => text)])).toEqual([
      ['a', ['r', 'c']],
      ['b', []],
    ]);
  });

  it('is served anew at each request, and what fails is said', async () => {
    const page = await servePage(client, 'C1', { name: 'alerts-prod' });
    const broken = await servePage({ conversations: {} } as WebClient, 'C1');
    try {
      expect(page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      expect(words(await (await fetch(page.url)).text())).toContain('# alerts-prod');
      expect((await fetch(broken.url)).status).toBe(502);
    } finally {
      await Promise.all([page.close(), broken.close()]);
    }
  });
});
