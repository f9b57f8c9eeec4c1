// A broker that exists already: its password goes to the vault, nothing is created there.
import { kafkaType } from '../kafka.bicep'

@minLength(1)
param bootstrapServers string

@minLength(1)
param username string

@secure()
@minLength(1)
param password string

param vaultName string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName

  resource secret 'secrets' = {
    name: 'kafka-password'
    properties: {
      value: password
    }
  }
}

output connection kafkaType = {
  bootstrapServers: bootstrapServers
  username: username
  passwordSecretUri: vault::secret.properties.secretUri
}
