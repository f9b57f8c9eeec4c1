using Microsoft.DurableTask.Entities;

namespace Microsoft.DurableTask.Client.Entities;

public sealed class EntityMetadata(EntityInstanceId id, SerializedData? state = null)
    : EntityMetadata<SerializedData>(id, state)
{
}
