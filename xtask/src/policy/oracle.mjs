// Answers cases with the npm package that is installed in the folder this file was copied to: JSON lines in, JSON lines out.
// Nothing of the package is part of this repository; it runs unmodified, through its public API.
import { createInterface } from 'node:readline'
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate'

const OUTCOMES = { Allowed: 'allow', ImplicitlyDenied: 'implicit_deny', ExplicitlyDenied: 'explicit_deny' }
const named = (policies) => policies.map((policy, at) => ({ name: `p${at}`, policy }))
const levels = (list) => (list ?? []).map((level, at) => ({ orgIdentifier: `ou-${at}`, policies: named(level) }))
const one = (policy) => (policy ? named([policy]) : undefined)

async function answer(line) {
  const data = JSON.parse(line)
  const contextVariables = {}
  for (const [key, value] of Object.entries(data.context)) {
    if (value !== null) contextVariables[key] = value
  }
  const simulation = {
    request: {
      principal: data.principal === 'ANONYMOUS' ? anonymousPrincipal : data.principal,
      action: data.action,
      resource: { resource: data.resource, accountId: data.resource_account },
      contextVariables,
    },
    identityPolicies: named(data.identity),
    serviceControlPolicies: levels(data.scp),
    resourceControlPolicies: levels(data.rcp),
    resourcePolicy: data.resource_policy,
    permissionBoundaryPolicies: one(data.boundary),
    sessionPolicy: data.session,
    vpcEndpointPolicies: one(data.vpce),
  }
  try {
    const result = await runSimulation(simulation, {})
    if (result.resultType === 'error') return { error: JSON.stringify(result.errors).slice(0, 300) }
    const single = result.result ?? result.results?.[0]
    return { outcome: OUTCOMES[result.overallResult], ignored: single?.ignoredContextKeys ?? [] }
  } catch (problem) {
    return { error: String(problem) }
  }
}

// `--time`: only how long it takes.
const lines = []
for await (const line of createInterface({ input: process.stdin })) lines.push(line)
const start = performance.now()
const output = []
for (const line of lines) {
  const result = await answer(line)
  output.push(process.argv[2] === '--time' ? JSON.stringify(result) : line.slice(0, -1) + `,"oracle":${JSON.stringify(result)}}`)
}
process.stdout.write(output.join('\n') + '\n')
process.stderr.write(`${JSON.stringify({ requests: lines.length, seconds: (performance.now() - start) / 1000 })}\n`)
