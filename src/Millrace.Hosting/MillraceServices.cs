using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Millrace.Hosting;

/// <summary>Runs jobs in any generic host or ASP.NET app.</summary>
/// <example>
/// <code>
/// builder.Services.AddMillrace(millrace => millrace.AddJob&lt;OrdersJob&gt;().UseDirectory("/var/lib/orders"));
/// builder.Services.AddHealthChecks().AddMillrace();
/// </code>
/// </example>
public static class MillraceServices
{
    /// <summary>Name of the section of the configuration that options are bound from.</summary>
    public const string Section = "Millrace";

    /// <summary>What the configuration says of one job; an underscore stands for a hyphen, which not every environment can write.</summary>
    internal static IConfigurationSection SectionOf(IConfiguration configuration, string job)
    {
        IConfigurationSection jobs = configuration.GetSection($"{Section}:Jobs");
        return jobs.GetChildren().FirstOrDefault(each => IsOf(each.Key, job)) ?? jobs.GetSection(job);
    }

    internal static bool IsOf(string key, string job) =>
        string.Equals(key.Replace('_', '-'), job.Replace('_', '-'), StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Adds jobs that start and stop with the host. Options come from section <see cref="Section"/> of its configuration, then from what is
    /// configured here. May be called several times.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Names the jobs and where their checkpoints go.</param>
    public static IServiceCollection AddMillrace(this IServiceCollection services, Action<MillraceBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<MillraceOptions>().BindConfiguration(Section).ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MillraceOptions>, MillraceOptionsValidator>());
        services.TryAddSingleton(static _ => new MillraceJobs());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, MillraceService>());
        configure(new MillraceBuilder(services));
        return services;
    }

    /// <summary>
    /// Adds the health of the jobs: unhealthy when one has failed for good, degraded while one restarts, waits for brokers or
    /// has not started yet.
    /// </summary>
    /// <param name="checks">The host's health checks.</param>
    /// <param name="name">Name of the check.</param>
    /// <param name="tags">Its tags, such as <c>ready</c>.</param>
    public static IHealthChecksBuilder AddMillrace(this IHealthChecksBuilder checks, string name = "millrace", params string[] tags)
    {
        ArgumentNullException.ThrowIfNull(checks);
        return checks.AddCheck<MillraceHealthCheck>(name, HealthStatus.Unhealthy, tags);
    }
}
