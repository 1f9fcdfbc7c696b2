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

// `--time`: answers alone, as a program would read them; else each line comes back with its answer in it.
const isTimed = process.argv[2] === '--time'
let output = []
for await (const line of createInterface({ input: process.stdin })) {
  const result = JSON.stringify(await answer(line))
  output.push(isTimed ? result : `${line.slice(0, -1)},"oracle":${result}}`)
  if (output.length === 1000) {
    process.stdout.write(output.join('\n') + '\n')
    output = []
  }
}
if (output.length > 0) process.stdout.write(output.join('\n') + '\n')
