import type { Response } from 'express';
import type { Footing } from '../pipeline/footing.ts';
import type { Parts } from '../pipeline/parts.ts';
import type { RegionClient } from '../pipeline/region.ts';
import type { Meters } from './meters.ts';
import type { SignInDeps } from './sign-in/deps.ts';
import { principalOf, type RequireScope } from './sign-in/require-scope.ts';

/** What the doors need beyond the steps themselves. */
export interface GatewayDeps {
  readonly parts: Parts;
  readonly signIn: SignInDeps;
  /** The region as last seen; refreshed every second. */
  readonly footing: () => Footing;
  readonly meters: Meters;
  readonly ready: () => boolean;
}

/** What each route file gets: the deps and the guard made from them. */
export interface Door extends GatewayDeps {
  readonly requireScope: RequireScope;
}

/** The client that is asking, as the region has it now. Throws where it was taken off the list between guard and here: then nothing is done. */
export function clientOf(response: Response, door: Door): RegionClient {
  const clientId = principalOf(response).client.id;
  const client = door.footing().region.clients.get(clientId);
  if (!client) throw Object.assign(new Error('client gone'), { status: 403 });
  return client;
}
