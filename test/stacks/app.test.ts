import { describe, expect, test } from '@jest/globals';
import { synthesizedAt } from '../support/synthesized';

const localsAt = (phase: 'prepare' | 'cutover', stack: string): Record<string, string> | undefined =>
  synthesizedAt(phase).get(stack)?.json.locals;

describe('an app stack', () => {
  test('names what the app pulls today: its own spelling of the legacy registry, then Forgejo', () => {
    expect(localsAt('prepare', 'beads-server')).toMatchObject({
      beadboard_repository: 'registry.viktorbarzin.me:5050/beadboard',
      claude_agent_service_repository: 'registry.viktorbarzin.me/claude-agent-service',
    });
    expect(localsAt('cutover', 'beads-server')).toMatchObject({
      beadboard_repository: 'forgejo.viktorbarzin.me/viktor/beadboard',
      claude_agent_service_repository: 'forgejo.viktorbarzin.me/viktor/claude-agent-service',
    });
  });

  test('owns a tag that its HCL wrote out, and leaves one that comes from a variable where it is', () => {
    expect(localsAt('cutover', 'chrome-service')).toMatchObject({
      chrome_service_novnc_image: 'forgejo.viktorbarzin.me/viktor/chrome-service-novnc:v4',
    });
    expect(localsAt('cutover', 'payslip-ingest')).toMatchObject({
      payslip_ingest_repository: 'forgejo.viktorbarzin.me/viktor/payslip-ingest',
    });
  });

  test('moves an image from Docker Hub as from the legacy registry', () => {
    expect(localsAt('prepare', 'claude-memory')).toMatchObject({
      claude_memory_mcp_image: 'docker.io/viktorbarzin/claude-memory-mcp:17',
    });
  });
});
