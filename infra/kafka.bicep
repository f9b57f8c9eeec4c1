@export()
@description('How the app reaches the broker. The password is a reference to a secret in the vault.')
type kafkaType = {
  bootstrapServers: string
  username: string
  passwordSecretUri: string
}
