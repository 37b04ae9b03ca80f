import { secretsIn, withoutEchoes } from "./echoes.ts";
import type { Exchange } from "./exchange.ts";
import type { Post, Target } from "./http-client.ts";
import type { TokenSource } from "./oauth2-token.ts";

/**
 * A post that carries an access token. It waits for one without holding a connection or another destination up; where
 * the receiver answers 401, the token is given up and the post goes out once more with another one.
 */
export class TokenPost implements Post {
  readonly target: Target;
  /** When it came to the client, with its token: before that it waits for nobody's connection. */
  since = 0;
  private readonly post: Post;
  private readonly tokens: TokenSource;
  private readonly send: (post: Post) => void;
  private readonly onProblem: (reason: string) => void;
  private header = "";
  private renewed = false;

  /** `onProblem` is called in place of the post's `end` where there is no token; the reason is for people. */
  constructor(post: Post, tokens: TokenSource, send: (post: Post) => void, onProblem: (reason: string) => void) {
    this.target = post.target;
    this.post = post;
    this.tokens = tokens;
    this.send = send;
    this.onProblem = onProblem;
  }

  start(): void {
    this.tokens.whenReady((authorized) => {
      if ("problem" in authorized) this.onProblem(authorized.problem);
      else if ("unsent" in authorized) this.post.end(null);
      else {
        this.header = authorized.header;
        this.since = performance.now();
        this.send(this);
      }
    });
  }

  begin(): ReturnType<Post["begin"]> {
    const request = this.post.begin();
    if (!request) return null;
    // It may have waited for its connection so long that there is a newer one.
    this.header = this.tokens.current ?? this.header;
    return { headers: { ...request.fixed, ...request.headers, authorization: this.header }, body: request.body };
  }

  end(exchange: Exchange | null): void {
    const refused = exchange?.statusCode === 401 && exchange.error === null;
    if (refused && !this.renewed && this.tokens.renew(this.header)) {
      this.renewed = true;
      this.start();
    } else this.post.end(exchange && withoutEchoes(exchange, secretsIn({ authorization: this.header })));
  }
}
