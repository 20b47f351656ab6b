/** Middlewares that live in the `traefik` namespace and that many ingresses share. */
export type SharedMiddleware =
  | 'retry'
  | 'error-pages'
  | 'rate-limit'
  | 'csp-headers'
  | 'crowdsec'
  | 'ai-bot-block'
  | 'anti-ai-headers'
  | 'authentik-forward-auth'
  | 'authentik-forward-auth-public';

/** Who lets a visitor in. There is no default: 64 callers of the predecessor were open by silence (2026-05-10). */
export type Auth = 'required' | 'public' | 'app' | 'none';

/** A Middleware of this project, as an object: a dangling reference makes Traefik drop the whole router. */
export interface MiddlewareReference {
  /** `<namespace>-<name>@kubernetescrd` */
  readonly reference: string;
}

export interface MiddlewareChainProps {
  readonly auth: Auth;
  /** Shared middlewares this router must not pass through. */
  readonly bypasses: readonly SharedMiddleware[];
  /** In order, after the shared ones. */
  readonly own: readonly MiddlewareReference[];
}

/** The value of `traefik.ingress.kubernetes.io/router.middlewares`, outermost first. */
export function middlewareChain({ auth, bypasses, own }: MiddlewareChainProps): string {
  const shared = [
    ...(['retry', 'error-pages', 'rate-limit', 'csp-headers', 'crowdsec'] as const),
    ...authMiddlewares[auth],
  ];
  const references = [
    ...shared.filter((name) => !bypasses.includes(name)).map((name) => `traefik-${name}@kubernetescrd`),
    ...own.map(({ reference }) => reference),
  ];
  return [...new Set(references)].join(',');
}

/** Where Authentik stands in front, no bot arrives. */
const authMiddlewares: Record<Auth, readonly SharedMiddleware[]> = {
  required: ['authentik-forward-auth'],
  public: ['authentik-forward-auth-public'],
  app: ['ai-bot-block', 'anti-ai-headers'],
  none: ['ai-bot-block', 'anti-ai-headers'],
};
