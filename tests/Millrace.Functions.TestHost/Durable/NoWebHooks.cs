using Microsoft.Azure.WebJobs.Host.Config;
using Microsoft.Extensions.DependencyInjection;

namespace Millrace.Functions.TestHost.Durable;

/// <summary>Durable clients bind only where extensions have an address; nobody calls this one.</summary>
#pragma warning disable CS0618 // Marked as not for the public; the durable client asks for it all the same.
internal sealed class NoWebHooks : IWebHookProvider
{
    public static void AddTo(IServiceCollection services) => services.AddSingleton<IWebHookProvider>(new NoWebHooks());

    public Uri GetUrl(IExtensionConfigProvider extension) => new("http://127.0.0.1/runtime/webhooks/durabletask");
}
#pragma warning restore CS0618
