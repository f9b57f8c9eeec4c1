namespace Microsoft.Azure.Functions.Worker;

public enum OAuthBearerMethod
{
    Default,
    Oidc,
}
