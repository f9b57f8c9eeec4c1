using YamlDotNet.Serialization;

namespace Millrace.Embedded.Infrastructure.Keda;

/// <summary>What KEDA's cron scaler reads.</summary>
internal sealed class CronMetadata
{
    public string Timezone => "Etc/UTC";

    [YamlMember(Description = "At zero nobody ticks: woken now and then, the job closes the windows of topics that have gone quiet.")]
    public string Start => "0,15,30,45 * * * *";

    public string End => "2,17,32,47 * * * *";

    public string DesiredReplicas => "1";
}
