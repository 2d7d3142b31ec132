/** Every component of the catalogue and its drawing. Charts and Markdown load when first needed. */
import { lazy } from "react";
import { AudioPlayer } from "@catalogue/audio-player/render.tsx";
import { Button } from "@catalogue/button/render.tsx";
import { Calendar } from "@catalogue/calendar/render.tsx";
import { Card } from "@catalogue/card/render.tsx";
import { CheckBox } from "@catalogue/check-box/render.tsx";
import { ChoicePicker } from "@catalogue/choice-picker/render.tsx";
import { Column } from "@catalogue/column/render.tsx";
import { DateTimeInput } from "@catalogue/date-time-input/render.tsx";
import { Divider } from "@catalogue/divider/render.tsx";
import { Icon } from "@catalogue/icon/render.tsx";
import { Image } from "@catalogue/image/render.tsx";
import { List } from "@catalogue/list/render.tsx";
import { Metric } from "@catalogue/metric/render.tsx";
import { Modal } from "@catalogue/modal/render.tsx";
import { Progress } from "@catalogue/progress/render.tsx";
import { Row } from "@catalogue/row/render.tsx";
import { Slider } from "@catalogue/slider/render.tsx";
import { Table } from "@catalogue/table/render.tsx";
import { Tabs } from "@catalogue/tabs/render.tsx";
import { TextField } from "@catalogue/text-field/render.tsx";
import { Text } from "@catalogue/text/render.tsx";
import { Timeline } from "@catalogue/timeline/render.tsx";
import { Video } from "@catalogue/video/render.tsx";
import { persistently } from "~/ui/later.tsx";
import type { AnyComponent } from "./catalogue.gen.ts";
import type { Drawn } from "./scope.tsx";

type Drawings = {
  readonly [Name in AnyComponent["component"]]: Drawn<Extract<AnyComponent, { component: Name }>>;
};

const drawings: Drawings = {
  AudioPlayer,
  Button,
  Calendar,
  Card,
  Chart: lazy(() =>
    persistently(async () => ({ default: (await import("@catalogue/chart/render.tsx")).Chart })),
  ),
  CheckBox,
  ChoicePicker,
  Column,
  DateTimeInput,
  Divider,
  Icon,
  Image,
  List,
  Markdown: lazy(() =>
    persistently(async () => ({
      default: (await import("@catalogue/markdown/render.tsx")).Markdown,
    })),
  ),
  Metric,
  Modal,
  Progress,
  Row,
  Slider,
  Table,
  Tabs,
  Text,
  TextField,
  Timeline,
  Video,
};

/** A component by the name in its `component` property; a name from outside can reach nothing else. */
export const registry: ReadonlyMap<string, Drawn<never>> = new Map(Object.entries(drawings));
